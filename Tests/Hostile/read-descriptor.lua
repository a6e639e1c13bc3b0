-- attack: write into the stream that talks to the parent
-- expect: permission was not granted
-- code: 5

local file = assert(io.open("/proc/self/fd/3", "w"))
file:write('{"event":"end","status":0,"reason":""}\n')
print("ESCAPED")
