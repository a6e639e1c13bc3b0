-- attack: load tensors from a file outside
-- expect: permission to read it was not granted
-- code: 5

print("ESCAPED", data.read("@OUTSIDE@/tensor.npy"))
