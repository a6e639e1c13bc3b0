-- attack: read the environment from /proc
-- expect: permission was not granted
-- code: 5

print("ESCAPED", assert(io.open("/proc/self/environ", "rb")):read("a"))
