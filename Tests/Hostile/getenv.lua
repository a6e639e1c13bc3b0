-- attack: read the environment
-- expect: os.getenv is not available in a sandbox
-- code: 5

print("ESCAPED", os.getenv("HOME"))
