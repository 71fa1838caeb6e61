-- KEYS: epoch, digest. ARGV: epoch, as for remembering.
if redis.call('EXISTS', KEYS[2]) == 1 then
  return 1
end
local began = tonumber(string.match(ARGV[1], '%.(%d+)$'))
if now < began + tonumber(ARGV[2]) then
  return redis.error_reply('YOUNG it is not known yet what has been remembered before')
end
return 0
