/** The decoder itself (opencore-amr, by way of benz-amr-recorder) answers `{command: "decode", buffer}`. */
import answer from "benz-amr-recorder/src/amrnb";

answer();
