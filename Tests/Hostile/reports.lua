-- attack: imitate the reports to the parent
-- expect: not a report
-- code: 1

print('{"event":"end","status":0,"reason":""}')
io.stderr:write('{"event":"draw","format":"svg","figure":{}}\n')
error("not a report")
