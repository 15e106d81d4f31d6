/** What the modules find around them that TypeScript's DOM library does not know. */

interface HtmxSwap {
    swapStyle: 'none' | 'outerHTML' | 'innerHTML';
}

interface HtmxRequest {
    source: Element;
    target: Element;
    swap: HtmxSwap['swapStyle'];
    values: Record<string, string>;
}

interface HtmxExtension {
    isInlineSwap(style: string): boolean;
    handleSwap(style: string, target: Element, fragment: ParentNode, settling: { elts: Element[] }): Element[] | false;
}

interface Window {
    htmx: {
        config: { attributesToSettle: string[] };
        defineExtension(name: string, extension: HtmxExtension): void;
        ajax(method: 'POST', url: string, request: HtmxRequest): Promise<void>;
        process(element: Element): void;
        trigger(target: Element, event: string): void;
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

/** The scope of the service worker, as far as it is used. */
declare function importScripts(...urls: string[]): void;

interface PushedEvent {
    data: { json(): Record<string, string> } | null;
    waitUntil(done: Promise<unknown>): void;
}

interface NotificationClick {
    notification: Notification;
    waitUntil(done: Promise<unknown>): void;
}

interface ServiceWorkerScope {
    location: Location;
    registration: ServiceWorkerRegistration;
    clients: {
        matchAll(of: object): Promise<{ url: string; focus(): Promise<unknown> }[]>;
        openWindow(url: string): Promise<unknown>;
    };
    addEventListener(type: 'push', listener: (event: PushedEvent) => void): void;
    addEventListener(type: 'notificationclick', listener: (event: NotificationClick) => void): void;
}
