/** What the modules find around them that TypeScript's DOM library does not know. */

interface HtmxSwap {
    swapStyle: 'none' | 'outerHTML' | 'innerHTML';
}

interface Window {
    htmx: {
        config: { attributesToSettle: string[] };
        trigger(target: Element, event: string): void;
        swap(target: Element, html: string, swap: HtmxSwap): void;
    };
    /** For the console and for tests: the live page's room, while there is one. */
    parley?: { room: import('./room.js').Room };
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
