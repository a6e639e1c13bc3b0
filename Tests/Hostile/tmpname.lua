-- attack: make files in the folder of temporary files
-- expect: os.tmpname is not available in a sandbox
-- code: 5

pcall(io.tmpfile)
print("ESCAPED", os.tmpname())
