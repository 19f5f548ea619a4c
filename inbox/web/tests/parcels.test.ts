import { expect, test } from "vitest";

import { asked } from "../src/pages/parcels/types";

test("a room is looked for as a room, the rest as a number, a code or a name", () => {
  for (const room of ["3栋2单元1502", "3-2-1502", " 1502室", "hy/3-2-1502"]) expect(asked(room)).toEqual({ room: room.trim() });
  for (const q of ["6-2031", "4821", "SF1234567894821", "王芳"]) expect(asked(q)).toEqual({ q });
  expect(asked("  ")).toEqual({});
});
