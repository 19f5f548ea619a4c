"""What the staff page makes of the desk's own words: Chinese for its reasons, and only real words as the grounds."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

WEB = Path(__file__).resolve().parents[2] / "inbox" / "web"
ESBUILD = WEB / "node_modules" / ".bin" / "esbuild"
SCRIPT = """
import { eventOf, reasonOf, saidWords, weightOf } from "./src/say";
const words = saidWords([
  { text: "漏水", weight: 2.31 }, { text: "〔词语搭配〕", weight: 1 }, { text: "吗", weight: -0.42 },
]);
console.log(JSON.stringify({
  closed: `${eventOf("move", "closed")}:${reasonOf("revisit")}`,
  silent: reasonOf("silence"),
  own: reasonOf("换了角阀"),
  unheard: eventOf("something_new", null),
  words: words.map((word) => word.text + weightOf(word)),
}));
"""


def test_no_machine_word_is_shown(tmp_path: Path) -> None:
    built = tmp_path / "words.mjs"
    bundle = [str(ESBUILD), "--bundle", "--format=esm", "--platform=node", "--loader=ts", f"--outfile={built}"]
    subprocess.run(bundle, input=SCRIPT, text=True, cwd=WEB, check=True, capture_output=True, timeout=60)
    ran = subprocess.run(["node", str(built)], text=True, check=True, capture_output=True, timeout=60)

    assert json.loads(ran.stdout) == {
        "closed": "已关闭:回访满意",
        "silent": "业主一直没有回音，按说好的时间结单",
        "own": "换了角阀",
        "unheard": "记录",
        "words": ["漏水+2.3", "吗-0.4"],
    }
