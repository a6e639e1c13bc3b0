-- ---
-- title: A header without Jupyter
-- assay:
--   format: 1
--   seed: 7
-- ---

-- %%
show(math.random(10))
