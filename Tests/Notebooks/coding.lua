-- -*- coding: utf-8 -*-
-- %% grüße
print("Grüße, 世界, 😀")
