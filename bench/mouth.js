// Runs in a page before anything else: keeps the last seconds that enter the page's microphone worklet.
() => {
  const RATE = 48000, BLOCK = 256, SECONDS = 5;
  const connect = AudioNode.prototype.connect;
  const now = () => performance.timeOrigin + performance.now();

  function tapOf(context) {
    const blocks = [];
    let offset = Infinity; // wall clock minus the context's, in ms; rendering comes in bursts, so the least is the truest
    setInterval(() => {
      if (context.state === 'running') offset = Math.min(offset, now() - 1000 * context.currentTime);
    }, 20);
    const tap = context.createScriptProcessor(BLOCK, 1, 1); // double-buffered: it hands out two blocks before it plays
    tap.onaudioprocess = ({ inputBuffer, playbackTime }) => {
      blocks.push([Math.round(playbackTime * RATE) - 2 * BLOCK, inputBuffer.getChannelData(0).slice()]);
    };
    connect.call(tap, context.destination);
    return { tap, told() {
      const first = blocks.at(-1)[0] + BLOCK - SECONDS * RATE;
      const all = new Float32Array(SECONDS * RATE);
      for (const [at, pcm] of blocks) if (at >= first) all.set(pcm, at - first);
      return { pcm: [...all], at: offset + 1000 * first / RATE };
    } };
  }

  AudioNode.prototype.connect = function (target, ...rest) {
    if (this instanceof MediaStreamAudioSourceNode && target instanceof AudioWorkletNode) {
      window.mouth ??= tapOf(this.context);
      connect.call(this, window.mouth.tap);
    }
    return connect.call(this, target, ...rest);
  };
}
