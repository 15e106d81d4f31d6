// Runs in a page before anything else: its microphone plays chirps, as hearing.chirp() describes them, or a tone.
(voice) => {
  const RATE = 48000, LENGTH = 0.2, LOW = 400, HIGH = 3400;

  function chirp() {
    const samples = Float32Array.from({ length: LENGTH * RATE }, (_, n) => {
      const t = n / RATE;
      const window = 0.5 - 0.5 * Math.cos(2 * Math.PI * n / (LENGTH * RATE - 1));
      return Math.sin(2 * Math.PI * (LOW * t + (HIGH - LOW) * t * t / (2 * LENGTH))) * window * 0.5;
    });
    return voice === 'a' ? samples : samples.reverse();
  }

  const now = () => performance.timeOrigin + performance.now();

  // Wall clock minus the context's clock, in ms. Rendering comes in bursts, so the least ever seen is the truest.
  function followClock(context) {
    const clock = { offset: Infinity };
    setInterval(() => {
      if (context.state === 'running') clock.offset = Math.min(clock.offset, now() - 1000 * context.currentTime);
    }, 20);
    return clock;
  }

  const tone = () => Float32Array.from({ length: RATE }, (_, n) => 0.25 * Math.sin(2 * Math.PI * 440 * n / RATE));

  class Microphone {
    constructor() {
      this.context = new AudioContext({ sampleRate: RATE });
      this.clock = followClock(this.context);
      this.out = this.context.createMediaStreamDestination();
      this.source = this.context.createBufferSource();
      const second = this.context.createBuffer(1, RATE, RATE);
      second.copyToChannel(voice === 'tone' ? tone() : chirp(), 0); // before it is given away: Firefox plays what it was then
      this.source.buffer = second;
      this.source.loop = true;
      this.source.connect(this.out);
    }

    async start() {
      await this.context.resume();
      const phase = voice === 'a' ? 0 : 500;
      const wait = 1000 - (now() - phase) % 1000 + 200;
      this.startedAt = this.context.currentTime + wait / 1000;
      this.source.start(this.startedAt);
      return this.out.stream;
    }

    // When the first sample of the first chirp left, in ms of the wall clock; each next one is 1,000 ms later.
    firstChirpAt() {
      return this.clock.offset + 1000 * this.startedAt;
    }
  }

  if (!navigator.mediaDevices) return; // on a page that is not secure, such as the blank one at first
  MediaDevices.prototype.getUserMedia = function () {
    window.microphone = new Microphone();
    return window.microphone.start();
  };
}
