"""Asking the token service, as Element's clients do."""

PREFIX = "/livekit/jwt"


async def request_token(http, bridge_url, person, room_id, *, path="/sfu/get", **more):
    """Status and body of `/sfu/get`, `/get_token` (`member`: its id) and the like."""
    token_path = ("user", person.user_id, "openid", "request_token")
    openid = await person.request("POST", *token_path, content={})
    device_id = more.pop("device_id", person.device_id)
    if path == "/sfu/get":
        body = {"room": room_id, "device_id": device_id}
    else:
        member = {
            "id": more.pop("member", "m1"),
            "claimed_user_id": person.user_id,
            "claimed_device_id": device_id,
        }
        body = {"room_id": room_id, "slot_id": "m.call#ROOM", "member": member}
    body = {"openid_token": openid, **body, **more}
    async with http.post(f"{bridge_url}{PREFIX}{path}", json=body) as response:
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        return response.status, await response.json()


def admission(answer):
    """What `in_call` takes."""
    return {"livekit_url": answer["url"], "jwt": answer["jwt"]}
