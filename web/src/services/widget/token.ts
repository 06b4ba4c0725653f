/** A way into the call: sealed, through the room; over HTTP where that does not answer. */
import type { CallToken } from "../../lib/model";
import { problem, problemOf, VoiceError } from "../../lib/problem";
import { ANSWER_MS, beginHandshake, JOIN_TYPE } from "../handshake";
import { pause } from "../pause";

export type Answer = { sender: string; content: unknown };

export type Ways = {
  deviceId: string;
  canEncrypt: boolean;
  /** Whose answers count; "" where it is not known. */
  botId: string;
  sendMessage: (type: string, content: object) => Promise<void>;
  /** Tells of each answer in the room's state, until it is ended. */
  onAnswer: (listener: (answer: Answer) => void) => () => void;
  /** The bridge's HTTP API. */
  overHttp: () => Promise<CallToken>;
};

/** The room answers within a second or so; a person does not like to wait much longer. */
const PATIENCE_MS = 5_000;

export const wayIn = async (ways: Ways): Promise<CallToken> => {
  const gone = new AbortController();
  const sealed = throughRoom(ways, gone.signal);
  try {
    const first = await Promise.race([sealed, pause(PATIENCE_MS, gone.signal)]);
    if (first !== undefined) return first;
  } catch (error) {
    // What the bot says holds on any way. Only where it could not be asked, HTTP is tried.
    if (problemOf(error).code !== "NO_ANSWER") throw error;
  }
  return either(sealed, ways.overHttp()).finally(() => gone.abort());
};

/** The first that works. If none does: what the room said, unless it said nothing. */
const either = async (sealed: Promise<CallToken>, http: Promise<CallToken>): Promise<CallToken> => {
  try {
    return await Promise.any([sealed, http]);
  } catch {
    const errors = [await failure(sealed), await failure(http)];
    const telling = errors.find((error) => {
      const { code } = problemOf(error);
      return code !== "NO_ANSWER" && code !== "UNREACHABLE" && code !== "UNEXPECTED";
    });
    throw telling ?? errors[0];
  }
};

const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

const throughRoom = async (ways: Ways, signal: AbortSignal): Promise<CallToken> => {
  const { request, read } = await beginHandshake(ways.deviceId, ways.canEncrypt);
  const heard = new AbortController();
  let opened: Promise<CallToken | null> | null = null;
  const end = ways.onAnswer(({ sender, content }) => {
    if (ways.botId !== "" && sender !== ways.botId) return;
    const reading = read(content);
    const told = () => {
      opened = reading;
      heard.abort();
    };
    reading.then((token) => {
      if (token !== null) told();
    }, told);
  });
  try {
    await ways.sendMessage(JOIN_TYPE, request);
    await pause(ANSWER_MS, AbortSignal.any([heard.signal, signal]));
  } catch {
    throw new VoiceError(problem("NO_ANSWER", "the request could not be sent into the room"));
  } finally {
    end();
  }
  const token = await (opened as Promise<CallToken | null> | null);
  if (token === null) throw new VoiceError(problem("NO_ANSWER"));
  return token;
};
