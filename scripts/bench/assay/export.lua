-- Writes the models that both sides start from into a folder: arg[1]. Two of them are trained, for attacks.
local folder = arg[1] .. "/"
local fashion = data.load("fashion-mnist")

nn.mlp{784, 256, 128, 10, seed = 1}:save(folder .. "mlp.safetensors")
nn.cnn{seed = 1}:save(folder .. "cnn.safetensors")
nn.mlp{784, 100, 10, seed = 1}:save(folder .. "study.safetensors")
nn.resnet{20, seed = 1}:save(folder .. "resnet20.safetensors")
nn.resnet{18, seed = 1}:save(folder .. "resnet18.safetensors")
for name, net in pairs{mlp = nn.mlp{784, 256, 128, 10, seed = 2}, cnn = nn.cnn{seed = 2}} do
  net:fit(fashion.train, {epochs = 2, batch = 128, optimizer = optim.sgd{lr = 0.05, momentum = 0.9}, seed = 2})
  net:save(folder .. name .. "-trained.safetensors")
end
data.save(folder .. "images.npy", tensor.rand({128, 3, 32, 32}, {seed = 3}))
data.save(folder .. "labels.npy", fashion.train:head(128).labels)
