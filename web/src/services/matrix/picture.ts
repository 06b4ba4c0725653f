/** Somebody's picture from the media repository, which gives it out to who is logged in. */
import { ClientPrefix, type MatrixClient, Method } from "matrix-js-sdk";
import { pathOf } from "./rtc-port";

const SIDE_PX = "128";
const MXC = /^mxc:\/\/([^/]+)\/([^/?#]+)$/u;

export const pictureAt = async (client: MatrixClient, address: string): Promise<Blob> => {
  const [, server, media] = MXC.exec(address) ?? [];
  if (server === undefined || media === undefined) throw new Error("no address of a picture");
  const query = { width: SIDE_PX, height: SIDE_PX, method: "crop", animated: "false" };
  return client.http.authedRequest<Blob>(
    Method.Get,
    pathOf("media", "thumbnail", server, media),
    query,
    undefined,
    { prefix: ClientPrefix.V1, rawResponseBody: true },
  );
};
