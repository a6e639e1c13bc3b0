-- ---
-- title: PGD against a small net
-- assay:
--   format: 1
--   seed: 7
-- jupyter:
--   jupytext:
--     notebook_metadata_filter: -jupytext.text_representation.jupytext_version,-jupytext.text_representation.format_version
--     text_representation:
--       extension: .lua
--       format_name: percent
--   kernelspec:
--     display_name: Lua (assay)
--     language: lua
--     name: assay
-- ---

-- %% [markdown]
-- # Question
--
-- Does rounding weights to 2 bits hide gradients?

-- %% params name="params" tags=["parameters"]
eps, steps = 0.1, 10

-- %% data name="data"
glyphs = data.load("glyphs")

-- %% train cache=true deps=["data"] name="train" timeout=60
net = nn.mlp{glyphs.train.features, 16, 10}
net:fit(glyphs.train, {epochs = 1, seed = 7})

-- %% attack deps=["params", "train"] expect="approx" name="attack" rtol=0.001
result = attack.pgd{eps = eps, steps = steps, seed = 7}:run(net, glyphs.test:head(20))
show(result)

-- %% [markdown]
-- **Answer.** See the counts of passes and the warnings above.
