-- attack: end the process as if all were well
-- expect: os.exit is not available in a sandbox
-- code: 5

pcall(os.exit, 0)
pcall(os.exit, true, true)
os.exit(0)
