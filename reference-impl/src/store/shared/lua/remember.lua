-- KEYS: epoch, digest. ARGV: epoch, until, milliseconds before which an epoch has not seen everything that counts.
-- What was remembered before this epoch is not known any more: until none of it can count, nothing is new.
local began = tonumber(string.match(ARGV[1], '%.(%d+)$'))
if now < began + tonumber(ARGV[3]) then
  return redis.error_reply('YOUNG it is not known yet what has been shown before')
end
if redis.call('SET', KEYS[2], '', 'NX', 'EXAT', ARGV[2]) then
  return 1
end
return 0
