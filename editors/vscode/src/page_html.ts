//! The HTML of our webviews. It brings no data: that comes as messages, so nothing of a project or a warehouse is ever parsed as HTML.

export interface PageAssets {
    /** Nothing but scripts with this nonce runs. */
    nonce: string;
    /** The origin of the extension's own files. */
    cspSource: string;
    scriptUri: string;
    styleUri: string;
}

/** @param body HTML of our own */
export function pageHtml(title: string, body: string, assets: PageAssets): string {
    const policy = [
        "default-src 'none'",
        `style-src ${assets.cspSource}`,
        `script-src 'nonce-${assets.nonce}'`,
    ].join("; ");
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${attribute(assets.styleUri)}">
<title>${title}</title>
</head>
<body>
${body}
<script nonce="${attribute(assets.nonce)}" src="${attribute(assets.scriptUri)}"></script>
</body>
</html>
`;
}

function attribute(text: string): string {
    return text
        .replaceAll("&", "&amp;")
        .replaceAll('"', "&quot;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;");
}
