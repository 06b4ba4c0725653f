/** What MatrixRTC needs of a Matrix session, whoever has it: the widget's client, or our own login. */

export type OpenIdToken = {
  access_token: string;
  token_type: string;
  matrix_server_name: string;
  expires_in: number;
};

/** One user's device in one room. */
export type RtcPort = {
  roomId: string;
  userId: string;
  deviceId: string;
  sendState: (type: string, stateKey: string, content: object) => Promise<void>;
  /**
   * Gives the delay's ID (MSC4140). Rejects where the client or the homeserver has no such thing.
   */
  sendDelayedState: (
    type: string,
    stateKey: string,
    content: object,
    delayMs: number,
  ) => Promise<string>;
  /** Rejects, too, when there is no such delayed event any more. */
  updateDelayed: (delayId: string, action: "restart" | "send" | "cancel") => Promise<void>;
  openIdToken: () => Promise<OpenIdToken>;
};
