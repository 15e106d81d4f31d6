// Runs in a page before anything else: what the page asks of the system, and the system's buttons.
() => {
  const handlers = {};
  const locks = [];
  window.system = {
    actions: () => Object.keys(handlers).filter((action) => handlers[action]).sort(),
    press: (action, details = {}) => handlers[action]({ action, ...details }),
    locksHeld: () => locks.filter(({ released }) => !released).length,
    microphoneActive: null,
    position: null,
    takeLocksBack: () => locks.forEach((lock) => lock.release()),
  };

  MediaSession.prototype.setActionHandler = (action, handler) => { handlers[action] = handler; };
  MediaSession.prototype.setMicrophoneActive = (active) => { window.system.microphoneActive = active; };
  MediaSession.prototype.setPositionState = (state) => { window.system.position = state; };

  class Lock extends EventTarget {
    released = false;
    async release() {
      this.released = true;
      this.dispatchEvent(new Event('release'));
    }
  }

  Object.defineProperty(Navigator.prototype, 'wakeLock', {
    value: { request: async () => locks[locks.push(new Lock()) - 1] },
  });
}
