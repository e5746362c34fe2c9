//! The page of the results grid. It brings no data: rows come as a message, so nothing of a warehouse is ever parsed as HTML.

export interface PreviewAssets {
    /** Nothing but scripts with this nonce runs. */
    nonce: string;
    /** The origin of the extension's own files. */
    cspSource: string;
    scriptUri: string;
    styleUri: string;
}

export function previewHtml(assets: PreviewAssets): string {
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
<title>Preview</title>
</head>
<body>
<header>
<span id="summary" role="status"></span>
<span id="actions"><button id="copy" type="button">Copy as CSV</button><button id="sql" type="button">Show SQL</button></span>
</header>
<main><table id="grid"></table></main>
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
