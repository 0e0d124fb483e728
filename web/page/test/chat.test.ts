import assert from "node:assert/strict";
import { test } from "node:test";
import { Chat, characters, cut, fits, kept } from "../src/model/chat";

const said = (id: string, text: string, at = 1) => ({ type: "said" as const, id, n: 1, text, at });

test("a message is there once, whoever tells of it", () => {
  const chat = new Chat();
  assert.equal(chat.said(said("a/1", "hello"), "a", false), true);
  assert.equal(chat.said(said("a/1", "hello"), "a", true), false);
  assert.equal(chat.messages.length, 1);
  assert.equal(chat.messages[0]?.mine, true);
});

test("what was written here takes the name that the overlay gives it", () => {
  const chat = new Chat();
  const first = chat.wrote("hi", "me", 1);
  const second = chat.wrote("hi", "me", 2);
  chat.said(said("me/1", "hi", 3), "me", true);
  assert.equal(first.id, "me/1");
  assert.notEqual(second.id, "me/1");
  chat.said(said("me/2", "hi", 4), "me", true);
  assert.equal(second.id, "me/2");
  assert.equal(chat.messages.length, 2);
});

test("another's words are not taken for mine", () => {
  const chat = new Chat();
  const mine = chat.wrote("hi", "me", 1);
  chat.said(said("b/1", "hi", 2), "b", false);
  assert.ok(mine.id.startsWith("mine/"));
  assert.equal(chat.messages.length, 2);
});

test("what could not be sent is withdrawn", () => {
  const chat = new Chat();
  const message = chat.wrote("hi", "me", 1);
  chat.withdraw(message);
  assert.deepEqual(chat.messages, []);
});

test("who heard it is shown, even when that is told first", () => {
  const chat = new Chat();
  assert.equal(chat.heard({ type: "heard", id: "a/1", by: 2, of: 8 }), false);
  chat.said(said("a/1", "hello"), "a", false);
  assert.deepEqual(chat.messages[0]?.heard, { by: 2, of: 8 });
  assert.equal(chat.heard({ type: "heard", id: "a/1", by: 8, of: 8 }), true);
  assert.deepEqual(chat.messages[0]?.heard, { by: 8, of: 8 });
});

test("messages are in the order of their times, and the oldest go", () => {
  const chat = new Chat();
  chat.said(said("a/2", "second", 20), "a", false);
  chat.said(said("a/1", "first", 10), "a", false);
  assert.deepEqual(chat.messages.map((m) => m.text), ["first", "second"]);
  for (let i = 0; i < kept + 5; i++) chat.said(said(`b/${i}`, "x", 30 + i), "b", false);
  assert.equal(chat.messages.length, kept);
  assert.equal(chat.messages[0]?.id, "b/5");
});

test("a text fits by its characters, not by its code units", () => {
  assert.equal(characters("\u{1F600}a"), 2);
  assert.equal(fits("\u{1F600}".repeat(500), 500), true);
  assert.equal(fits("a".repeat(501), 500), false);
  assert.equal(fits(`  ${"a".repeat(500)}  `, 500), true);
  assert.equal(fits("   ", 500), false);
});

test("what others send beyond the length is cut, between characters", () => {
  assert.equal(cut("abc", 3), "abc");
  assert.equal(cut("abcd".repeat(20_000), 500), "abcd".repeat(125));
  assert.equal(cut("\u{1F600}".repeat(501), 500), "\u{1F600}".repeat(500));
  assert.equal(cut("a\u{1F600}\u{1F601}", 2), "a\u{1F600}");
});
