-- attack: append to a file outside
-- expect: permission was not granted
-- code: 5

assert(io.open("../outside/canary.txt", "a")):write("changed")
print("ESCAPED")
