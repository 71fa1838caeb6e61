-- KEYS: epoch, hash. ARGV: epoch, names of fields.
local fields = {}
for place = 2, #ARGV do
  fields[place - 1] = ARGV[place]
end
return redis.call('HMGET', KEYS[2], unpack(fields))
