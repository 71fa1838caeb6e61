-- KEYS: epoch, session. ARGV: epoch, issued_at, expires_at, the second from which on an earlier renewal is repeated.
local known = redis.call('HMGET', KEYS[2], 'ends_at', 'issued_at', 'expires_at')
local wanted = tonumber(ARGV[2])
if not known[1] or wanted >= tonumber(known[1]) then
  return {}
end
if known[2] and tonumber(known[2]) >= tonumber(ARGV[4]) and wanted < tonumber(known[3]) then
  return {known[2], known[3]}
end
redis.call('HSET', KEYS[2], 'issued_at', ARGV[2], 'expires_at', ARGV[3])
return {ARGV[2], ARGV[3]}
