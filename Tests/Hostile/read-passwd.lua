-- attack: read the list of users
-- expect: permission was not granted
-- code: 5

print("ESCAPED", assert(io.open("/etc/passwd")):read("a"))
