/** What only encrypted calls need: loaded when one is joined. */
export { createSeal } from "./livekit-seal";
export { createKeySession } from "./matrixrtc/keys/session";
