-- KEYS: epoch, ring. ARGV: epoch, the version that was read, the new version, the ring, the last millisecond in which
-- it may be written, or nothing. Gives 1 if it is written, 0 if another replica was faster, 2 if it is too late.
local known = redis.call('HGET', KEYS[2], 'version')
if (known or '') ~= ARGV[2] then
  return 0
end
if ARGV[5] ~= '' and now > tonumber(ARGV[5]) then
  return 2
end
redis.call('HSET', KEYS[2], 'version', ARGV[3], 'ring', ARGV[4])
return 1
