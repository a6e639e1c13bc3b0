-- attack: read the memory of the process
-- expect: permission was not granted
-- code: 5

print("ESCAPED", assert(io.open("/proc/self/mem", "rb")):read(16))
