-- Each request: a new OpenID token, one of 50 rooms. At the end: one line of JSON.
local server = os.getenv("BENCH_SERVER_NAME")
local count = 0

request = function()
  count = count + 1
  local token = string.format("%d-%d-%d", os.time(), math.random(1, 1000000000), count)
  local body = string.format(
    '{"room":"!room%d:hs","device_id":"DEV%d","openid_token":{"access_token":"%s",'
      .. '"token_type":"Bearer","expires_in":3600,"matrix_server_name":"%s"}}',
    math.random(1, 50), math.random(1, 1000000), token, server)
  return wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, body)
end

done = function(summary, latency)
  local seconds = summary.duration / 1000000
  local errors = summary.errors
  -- A timeout is an answer that came after more than two seconds; wrk counts it once for every
  -- connection that waits, and the answer as well.
  io.write(string.format(
    'JSON {"requests": %d, "rate": %.1f, "p50_ms": %.2f, "p99_ms": %.2f, "refused": %d, "broken": %d, "late": %d}\n',
    summary.requests, summary.requests / seconds, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.status, errors.connect + errors.read + errors.write, errors.timeout))
end
