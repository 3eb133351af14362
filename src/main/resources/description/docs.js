'use strict';

SwaggerUIBundle({
  url: '../openapi.yaml',
  dom_id: '#description',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: 'none', // A site of others, which cannot read what is here.
});
