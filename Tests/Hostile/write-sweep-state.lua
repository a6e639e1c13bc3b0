-- attack: keep the state of a sweep outside
-- expect: permission to write it was not granted
-- code: 5

study.sweep{models = {net = nn.mlp{784, 4, 10}}, attack = attack.fgsm{}, eps = {0}, seed = 1,
            data = data.load("fashion-mnist").test:head(4), resume = "@OUTSIDE@/canary.txt"}
print("ESCAPED")
