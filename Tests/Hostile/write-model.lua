-- attack: save a model outside
-- expect: permission to write it was not granted
-- code: 5

nn.mlp{4, 3, 2}:save("@OUTSIDE@/model.safetensors")
print("ESCAPED")
