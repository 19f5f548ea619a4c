/**
 * A text message in pieces. The only markup there is: in texts of the account `<a href>`, for web addresses and for
 * the choices of a msgmenu. Everything else, whatever it looks like, is text.
 */

export type Piece =
  | { kind: "text"; text: string }
  | { kind: "link"; text: string; url: string }
  | { kind: "choice"; text: string; send: string; id: string };

const ANCHOR = /<a\s([^<>]{1,2000})>([^<]{0,500})<\/a\s*>/gi;
const HREF = /(?:^|\s)href\s*=\s*(?:"([^"]*)"|'([^']*)')/i;
const BARE = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+/gi;
const TAIL = /[.,;:!?)\]'"]+$/;
const ENTITIES: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };

/** An address that may be opened, or null: http and https only, judged as the browser would read it. */
export function webAddress(raw: string): string | null {
  try {
    const url = new URL(raw.trim());
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

function decoded(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39);/g, (found) => ENTITIES[found] ?? found);
}

function anchor(href: string, label: string): Piece | null {
  const address = decoded(href).trim();
  const text = decoded(label);
  if (!text.trim()) return null;
  if (/^weixin:\/\/bizmsgmenu\?/i.test(address)) {
    const query = new URLSearchParams(address.slice(address.indexOf("?") + 1));
    const send = query.get("msgmenucontent") ?? text;
    return { kind: "choice", text, send, id: query.get("msgmenuid") ?? "" };
  }
  const url = webAddress(address);
  return url === null ? null : { kind: "link", text, url };
}

function bare(text: string, into: Piece[]): void {
  let at = 0;
  for (const found of text.matchAll(BARE)) {
    const raw = found[0].replace(TAIL, "");
    const url = webAddress(raw);
    if (url === null) continue;
    if (found.index > at) into.push({ kind: "text", text: text.slice(at, found.index) });
    into.push({ kind: "link", text: raw, url });
    at = found.index + raw.length;
  }
  if (at < text.length) into.push({ kind: "text", text: text.slice(at) });
}

/** The pieces of it. Only what the account sent may hold anchors; an owner's `<a>` is what the owner typed. */
export function pieces(text: string, fromAccount: boolean): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  if (fromAccount) {
    for (const match of text.matchAll(ANCHOR)) {
      const href = HREF.exec(match[1] ?? "");
      const piece = href && anchor(href[1] ?? href[2] ?? "", match[2] ?? "");
      if (!piece) continue;
      bare(text.slice(at, match.index), found);
      found.push(piece);
      at = match.index + match[0].length;
    }
  }
  bare(text.slice(at), found);
  return found;
}
