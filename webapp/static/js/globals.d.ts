/** What the modules find around them that TypeScript's DOM library does not know. */

interface HtmxSwap {
    swapStyle: 'none' | 'outerHTML' | 'innerHTML';
}

interface Window {
    htmx: {
        config: { attributesToSettle: string[] };
        swap(target: Element, html: string, swap: HtmxSwap): void;
    };
    /** For the console and for tests: the live page's room, while there is one. */
    parley?: { room: import('./room.js').Room | import('./audio/player.js').Player };
}

/** The scope of an AudioWorklet's module. */
declare const currentFrame: number;
declare const sampleRate: number;
declare class AudioWorkletProcessor {
    readonly port: MessagePort;
}
declare function registerProcessor(
    name: string,
    processor: new () => AudioWorkletProcessor & { process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean },
): void;
