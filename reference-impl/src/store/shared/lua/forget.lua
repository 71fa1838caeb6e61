-- KEYS: epoch, held ones of the issuer, token in use, prefix of held tokens.
for _, name in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  redis.call('DEL', KEYS[4] .. name)
end
redis.call('DEL', KEYS[2], KEYS[3])
return 1
