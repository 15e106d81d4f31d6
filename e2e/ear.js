// Runs in a page before anything else: keeps what the page plays, and when that reaches the ear.
() => {
  const RATE = 48000, BLOCK = 2048;
  const contexts = [];
  window.AudioContext = class extends AudioContext {
    constructor(...options) {
      super(...options);
      contexts.push(this);
    }
  };

  let heard = [];
  let tap;
  const samples = () => heard.reduce((sum, { pcm }) => sum + pcm.length, 0);

  // Where a context's time lies on the wall clock, in ms, the device's own delay and all.
  function wallClock(context, time) {
    const { contextTime, performanceTime } = context.getOutputTimestamp();
    return performance.timeOrigin + performanceTime + 1000 * (time - contextTime);
  }

  function base64(pcm) {
    const rounded = Int16Array.from(pcm, (x) => Math.round(32767 * Math.max(-1, Math.min(1, x))));
    const bytes = new Uint8Array(rounded.buffer);
    let text = '';
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(text);
  }

  window.ear = {
    seconds: () => samples() / RATE,

    // The live room.
    async open() {
      heard = [];
      tap ??= await window.parley.room.tap((pcm, time) => heard.push({ pcm, at: wallClock(contexts[0], time) }));
    },

    // A media element; `at` is then its own position, in ms.
    openPlayer(player) {
      heard = [];
      const context = new AudioContext({ sampleRate: RATE });
      const listener = context.createScriptProcessor(BLOCK, 1, 1);
      listener.onaudioprocess = ({ inputBuffer }) => {
        const began = player.currentTime - BLOCK / RATE;
        if (!player.paused) heard.push({ pcm: inputBuffer.getChannelData(0).slice(), at: 1000 * began });
      };
      context.createMediaElementSource(player).connect(listener).connect(context.destination);
    },

    // What was heard since: samples (16 bits, base64), and when the first of them was.
    told() {
      const all = new Float32Array(samples());
      heard.reduce((at, { pcm }) => (all.set(pcm, at), at + pcm.length), 0);
      return { pcm: base64(all), at: heard[0].at };
    },
  };
}
