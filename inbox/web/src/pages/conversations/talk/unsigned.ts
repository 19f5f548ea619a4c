/** What a colleague wrote, without the name that goes before it to the owner. */
export function unsigned(text: string, name: string): string {
  const rest = name && text.startsWith(name) ? text.slice(name.length) : "";
  return /^[:：]/.test(rest) ? rest.slice(1).trimStart() : text;
}
