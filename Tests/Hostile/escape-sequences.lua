-- attack: move the cursor and change the title of the terminal
-- expect: control characters
-- code: 1

print("\27[2J\27]0;title\7\r\8\0 \x9b31m")
io.write("\27[1A\27[2K")
io.stdout:write("\27c")
io.stderr:write("\27[?1049h")
error("control characters \27[31m in an error")
