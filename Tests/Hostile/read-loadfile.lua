-- attack: show a file outside in the message of loadfile
-- expect: permission to read it was not granted
-- code: 5

local chunk, message = loadfile("@OUTSIDE@/canary.txt", "b")
if not message:find("granted") then print("ESCAPED", message) end
error(message)
