// Runs in a page before anything else: keeps what its room plays, and when that reaches the ear.
() => {
  const contexts = [];
  window.AudioContext = class extends AudioContext {
    constructor(...options) {
      super(...options);
      contexts.push(this);
    }
  };

  let heard = [];

  // Where a context's time lies on the wall clock, in ms, the device's own delay and all.
  function wallClock(context, time) {
    const { contextTime, performanceTime } = context.getOutputTimestamp();
    return performance.timeOrigin + performanceTime + 1000 * (time - contextTime);
  }

  function base64(pcm) {
    const bytes = new Uint8Array(Int16Array.from(pcm, (x) => Math.round(32767 * Math.max(-1, Math.min(1, x)))).buffer);
    let text = '';
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(text);
  }

  window.ear = {
    contexts,

    open() {
      heard = [];
      window.parley.room.tap((pcm, time) => heard.push({ pcm, time }));
    },

    seconds: () => heard.reduce((sum, { pcm }) => sum + pcm.length, 0) / 48000,

    // What was heard since it was opened: samples (16 bits, base64) and the wall clock of the first, in ms.
    told() {
      const all = new Float32Array(48000 * window.ear.seconds());
      heard.reduce((at, { pcm }) => (all.set(pcm, at), at + pcm.length), 0);
      return { pcm: base64(all), at: wallClock(contexts[0], heard[0].time) };
    },
  };
}
