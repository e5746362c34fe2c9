//! What the pages have in common: the way to the extension, and their own elements.

/** The extension's end; a page has one. */
export interface Editor<Message> {
    postMessage(message: Message): void;
}

declare function acquireVsCodeApi(): Editor<never>;

export function connect<Message>(): Editor<Message> {
    return acquireVsCodeApi() as Editor<Message>;
}

export function element(id: string): HTMLElement {
    const found = document.getElementById(id);
    if (found === null) {
        throw new Error(`the page lacks #${id}`);
    }
    return found;
}

/** An element of our own making; text never becomes HTML. */
export function made<Tag extends keyof HTMLElementTagNameMap>(
    tag: Tag,
    className: string,
    text = "",
): HTMLElementTagNameMap[Tag] {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    return element;
}
