-- KEYS: epoch, session, prefix of digests, prefix of sessions of subjects. ARGV: epoch, name, now in seconds.
local known = redis.call('HMGET', KEYS[2], 'digest', 'subject', 'ends_at')
if not known[1] then
  return 0
end
redis.call('DEL', KEYS[2], KEYS[3] .. known[1])
redis.call('ZREM', KEYS[4] .. known[2], ARGV[2])
if tonumber(ARGV[3]) < tonumber(known[3]) then
  return 1
end
return 0
