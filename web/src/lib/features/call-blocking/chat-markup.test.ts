import { expect, test } from "vitest";
import { readMarkup } from "./chat-markup.ts";

/** Pieces in one line, each with its styles, as in `[bold:now]`. */
const shown = (text: string) =>
  readMarkup(text)
    .map((piece) => (piece.styles.length === 0 ? piece.text : `[${piece.styles.join("+")}:${piece.text}]`))
    .join("");

test.each([
  ["Please write.", "Please write."],
  ["Please *write* now", "Please [bold:write] now"],
  ["*Closed* until _nine_, ~eight~", "[bold:Closed] until [italic:nine], [strike:eight]"],
  ["*bold _and italic_*", "[bold:bold ][bold+italic:and italic]"],
  ["```a *b* c```", "[mono:a *b* c]"],
  ["2*3*4 is snake_case_name", "2*3*4 is snake_case_name"],
  ["one * star", "one * star"],
  ["*no\nbreak*", "*no\nbreak*"],
  ["* blank inside *", "* blank inside *"],
  ["", ""],
])("%j is shown as %j", (text, pieces) => {
  expect(shown(text)).toBe(pieces);
});
