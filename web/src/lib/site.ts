/** What the page is told by the server that it comes from (`config.json`). */
import * as v from "valibot";

export const SiteSchema = v.pipe(
  v.object({
    server_name: v.string(),
    homeservers: v.pipe(v.array(v.string()), v.minLength(1)),
    bot_user_id: v.string(),
    shows_status: v.optional(v.boolean(), false),
    livekit_service_url: v.optional(v.string(), ""),
  }),
  v.transform((site) => ({
    serverName: site.server_name,
    /** Where people may log in; the first is the bridge's own. */
    homeservers: site.homeservers,
    bot: site.bot_user_id,
    showsStatus: site.shows_status,
    /** What a device in our calls publishes as its transport (MSC4143); empty: none is known. */
    serviceUrl: site.livekit_service_url,
  })),
);

export type Site = v.InferOutput<typeof SiteSchema>;

/** How a homeserver is called on the page: the bridge's own by its name, others by their host. */
export const homeserverName = (site: Site, homeserver: string): string =>
  homeserver === site.homeservers[0] ? site.serverName : new URL(homeserver).host;
