-- %% data cache=true deps=[] name="data" seed=3 timeout=30
x = data.load("glyphs")

-- %% attack atol=0.001 cache=true deps=["data"] expect="approx" hide="input" name="attack" raises="no such" rtol=0.0001 tags=["slow", "attack"]
y = 1
