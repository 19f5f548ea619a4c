/** Reads server-sent events out of pieces of text as they arrive; comments count as signs of life only. */

export interface Sse {
  id: string;
  data: string;
}

export function reader(event: (event: Sse) => void): (piece: string) => void {
  let rest = "";
  let id = "";
  let data: string[] = [];

  function line(text: string) {
    if (text === "") {
      if (data.length) event({ id, data: data.join("\n") });
      data = [];
      return;
    }
    const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(text) ?? [];
    if (name === "data") data.push(value ?? "");
    else if (name === "id") id = value ?? "";
  }
  return (piece) => {
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    lines.forEach(line);
  };
}
